"""Text: plain strings in, plain values out; turns, speakers, sentences, mentions, near-duplicates."""
