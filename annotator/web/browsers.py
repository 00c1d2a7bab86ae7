"""Which browser it is, roughly: enough to know one's own again in a list, too little to be followed by."""

#: Each is looked for in this order, since browsers also call themselves by the names of others.
PROGRAMS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def name_browser(user_agent: str | None) -> str | None:
    """Return a browser and its system, such as "Firefox, Windows", as far as it says so."""
    told = user_agent or ""
    found = (next((name for sign, name in signs if sign in told), None) for signs in (PROGRAMS, SYSTEMS))
    return ", ".join(filter(None, found)) or None
