"""Forms: is the input well-formed?"""
