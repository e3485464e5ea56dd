"""E-mail addresses, compared the way people mean them."""

# Providers where everybody may have an address: such a domain is nobody's own.
PUBLIC_PROVIDERS = frozenset(
    (
        "aol.com",
        "fastmail.com",
        "gmail.com",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hey.com",
        "hotmail.com",
        "hotmail.es",
        "hotmail.fr",
        "icloud.com",
        "live.com",
        "mac.com",
        "mail.com",
        "mail.ru",
        "me.com",
        "msn.com",
        "orange.fr",
        "outlook.com",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "t-online.de",
        "web.de",
        "yahoo.com",
        "yandex.ru",
        "163.com",
    )
)


def canonical(address):
    """Return an address in lower case without the tag of a plus-address: a+tag@b becomes a@b."""
    local, at, domain = (address or "").strip().lower().rpartition("@")
    if not at:
        return (address or "").strip().lower()
    return f"{local.partition('+')[0] or local}@{domain}"


def domain_of(address):
    """Return the domain of an address in lower case, or an empty text."""
    return (address or "").strip().lower().rpartition("@")[2] if "@" in (address or "") else ""


def is_in_domain(address, domain):
    """Return whether the address lies in the domain or in one below it."""
    found = domain_of(address)
    return bool(domain) and (found == domain or found.endswith(f".{domain}"))
