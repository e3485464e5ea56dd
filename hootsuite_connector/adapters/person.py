"""The person outside, as Inbox 2.0 describes him: contact profile and contact attributes."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from . import conversation as talk
from .wire import OptId, OptText, OptWeb, Wire, to_email

# Attributes by which a person is found; agents and CRM may spell them as they like.
EMAIL_NAMES = ("email", "e-mail", "email_address", "emailaddress")
PHONE_NAMES = ("phone", "phone_number", "phonenumber", "mobile", "telephone")
NAME_NAMES = ("full_name", "fullname", "name")


class Contact(Wire):
    WHAT: ClassVar[str] = "contact profile"

    key: OptId = Field(None, alias="id")
    network_key: OptId = Field(None, alias="mediumContactProfileId")
    primary: OptText = Field(None, alias="primaryIdentifier")
    secondary: OptText = Field(None, alias="secondaryIdentifier")
    picture_url: OptWeb = Field(None, alias="pictureUrl")


def sender_of(contact: Contact, rows: list[Any]) -> talk.Sender:
    """The person of a contact profile and its attributes.

    ``primaryIdentifier`` is what the network shows (a name on Facebook, a handle on Twitter or
    Instagram), ``secondaryIdentifier`` a handle, address or number (fact: samples only).
    """
    attributes: dict[str, str] = {}
    confirmed = set()
    for row in rows:
        if not isinstance(row, dict):
            continue
        name, value = row.get("attribute"), row.get("value")
        if isinstance(name, str) and isinstance(value, str) and value.strip():
            attributes[name] = value.strip()
            if row.get("source") == "CRM_CONFIRMED":
                confirmed.add(name)
    email = phone = handle = None
    name = None
    for text in (contact.primary, contact.secondary):
        if not text:
            continue
        if is_email(text):
            email = email or text.lower()
        elif is_phone(text):
            phone = phone or text
        elif text.startswith("@"):
            handle = handle or text.lstrip("@")
        elif name is None and text is contact.primary:
            name = text
        else:
            handle = handle or text
    given = " ".join(
        part
        for part in (first_of(attributes, ("first_name",)), first_of(attributes, ("last_name",)))
        if part
    )
    found_email = first_of(attributes, EMAIL_NAMES)
    return talk.Sender(
        key=contact.key,
        network_key=contact.network_key,
        handle=handle,
        name=first_of(attributes, NAME_NAMES) or given or name,
        email=found_email.lower() if found_email and is_email(found_email) else email,
        phone=first_of(attributes, PHONE_NAMES) or phone,
        picture_url=contact.picture_url,
        attributes=attributes,
        confirmed=frozenset(confirmed),
    )


def first_of(attributes: dict[str, str], names: tuple[str, ...]) -> str | None:
    by_name = {key.lower(): value for key, value in attributes.items()}
    return next((by_name[name] for name in names if by_name.get(name)), None)


def is_email(text: str) -> bool:
    try:
        to_email(text)
    except ValueError:
        return False
    return True


def is_phone(text: str) -> bool:
    digits = [letter for letter in text if letter.isdigit()]
    return len(digits) >= 7 and all(letter.isdigit() or letter in "+ -()./" for letter in text)
