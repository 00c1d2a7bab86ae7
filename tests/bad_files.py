"""Files that no import may take, and the sentence that each must get: where, what is wrong, what to do."""

#: Name, bytes, and words of the sentence.
BAD_FILES = {
    "empty text": ("a.txt", b"", ("a.txt, line 1: the file is empty", "put a text into it")),
    "empty table": ("a.csv", b"", ("a.csv, line 1: the file is empty", "it needs a header line")),
    "empty JSON Lines": ("a.jsonl", b"", ("a.jsonl, line 1: the file is empty", "it needs one JSON object")),
    "blank text": ("a.txt", b" \n\n", ("a.txt, line 1: the file is empty", "put a text into it")),
    "picture": ("a.txt", b"\x89PNG\r\n\x1a\n\0", ("a.txt, line 1: the file is a picture", "import its text instead")),
    "binary": ("a.txt", bytes(range(256)), ("a.txt, line 1: byte 1 of the line is NUL", "save the file as UTF-8")),
    "wrong encoding": (
        "a.txt",
        b"One.\ncaf\xe9",
        ("a.txt, line 2: byte 4 of the line (0xE9) is not UTF-8", "save the"),
    ),
    "wrong encoding in a table": ("a.csv", b"text\ncaf\xe9\n", ("a.csv, line 2:", "is not UTF-8; save the file as")),
    "UTF-16": ("a.txt", "Hello".encode("utf-16"), ("a.txt, line 1: the file is UTF-16", "save the file as UTF-8")),
    "NUL": ("a.txt", b"One.\nTw\0o.", ("a.txt, line 2: byte 3 of the line is NUL", "save the file as UTF-8")),
    "NUL in JSON": (
        "a.jsonl",
        b'{"text": "a\\u0000b"}\n',
        ("a.jsonl, line 1:", "is a NUL, which no text holds"),
    ),
    "cut inside a quote": (
        "a.csv",
        b'id,text\n1,One.\n2,"Two.\n3,Three.\n',
        ("a.csv, line 3: a quote opened in this line is never closed", "repair the cut-off file"),
    ),
    "cut JSON": (
        "a.jsonl",
        b'{"text": "One."}\n{"text": "Tw',
        ("a.jsonl, line 2: this is not valid", "correct it"),
    ),
    "duplicate ids": (
        "a.csv",
        b"id,text\n1,One.\n2,Two.\n1,Three.\n",
        ("a.csv, line 4: the id “1” is also that of line 2", "make it unique"),
    ),
    "duplicate ids in JSON": (
        "a.jsonl",
        b'{"id": "a", "text": "One."}\n{"id": "a", "text": "Two."}\n',
        ("a.jsonl, line 2: the id “a” is also that of line 1", "make it unique"),
    ),
    "missing columns": ("a.csv", b"a,b\n1,2\n", ("a.csv, line 1: no column holds the text", "the columns are: a, b.")),
    "50 MB in one line": ("a.txt", b"word " * 10_000_000, ("a.txt, line 1:", "50,000,000 characters", "split it")),
    "50 MB in a cell": ("a.csv", b"text\n" + b"word " * 10_000_000, ("a.csv, line 2:", "50,000,000 char", "split it")),
    "50 MB in an object": (
        "a.jsonl",
        b'{"text": "' + b"word " * 10_000_000 + b'"}\n',
        ("a.jsonl, line 1:", "50,000,012 characters", "split it"),
    ),
    "unknown format": ("a.docx", b"One.", ("a.docx: the suffix “.docx” is not supported", "Supported are")),
}
