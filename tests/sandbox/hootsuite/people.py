"""The customers: invented people, each on several networks under other names."""

import random
import uuid

from .world import Contact, World

FIRST = {
    "en": ("Olive", "Henry", "Pippa", "Alan", "Martha", "Colin", "Nell", "Giles", "Wendy", "Oscar"),
    "fr": ("Camille", "Bastien", "Élodie", "Gaspard", "Maëlle", "Thibault", "Solène", "Rémi"),
    "de": ("Jutta", "Sören", "Käthe", "Malte", "Friederike", "Bernd", "Annegret", "Jörg"),
    "es": ("Ainhoa", "Íñigo", "Begoña", "Nuño", "Marisa", "Ramón", "Lucía", "Gonzalo"),
}
LAST = {
    "en": ("Fernhill", "Oakridge", "Marshbrook", "Thornwick", "Applegarth"),
    "fr": ("Boisclair", "Fontgrave", "Valmorin", "Rochebelle"),
    "de": ("Tannhofer", "Birkenfeldt", "Seewald", "Moosbrugger"),
    "es": ("Peñalba", "Robledillo", "Valdecuna", "Montesol"),
}
LANGUAGES = ("en", "fr", "de", "es")
MEDIUMS = ("fb", "instagram", "twit", "whatsapp", "linkedin", "rtm")
CHANNELS = {
    "fb": {"id": "0-02534c5ac04-000-261ad914", "name": "Example Outdoor page"},
    "instagram": {"id": "0-02534c5ac04-000-261ad915", "name": "example_outdoor"},
    "twit": {"id": "0-02534c5ac04-000-261ad916", "name": "example_help"},
    "whatsapp": {"id": "0-02534c5ac04-000-261ad917", "name": "Example WA Channel"},
    "linkedin": {"id": "0-02534c5ac04-000-261ad918", "name": "Example Outdoor company"},
    "rtm": {"id": "0-02534c5ac04-000-261ad919", "name": "Web chat"},
}


def crowd(count: int, seed: int = 7) -> list[dict]:
    """People by number; the first ones are the same whatever the count.

    Every third is a customer already (``customer``) whose e-mail address the Inbox knows from the CRM.
    """
    people = []
    for number in range(count):
        rng = random.Random(f"{seed}:{number}")
        language = LANGUAGES[number % 4]
        first, last = rng.choice(FIRST[language]), rng.choice(LAST[language])
        people.append(
            {
                "number": number,
                "name": f"{first} {last}",
                "first_name": first,
                "last_name": last,
                "email": f"person{number}@customers.example.com",
                "phone": f"+32255{number:05d}",
                "language": language,
                "customer": number % 3 == 0,
            }
        )
    return people


def guid(*parts: object) -> str:
    """A stable id for these parts."""
    rng = random.Random(":".join(str(part) for part in parts))
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def contact_of(world: World, person: dict, medium: str) -> Contact:
    """The person as one network shows him: another name and handle on each."""
    number = person["number"]
    key = guid("contact", person["email"], medium)
    known = world.contacts.get(key)
    if known is not None:
        return known
    first, last = person["first_name"], person["last_name"]
    plain = first.encode("ascii", "ignore").decode().lower() or "user"
    names = {
        "fb": (person["name"], ""),
        "instagram": (f"{plain}.outdoors{number}", f"@{plain}.outdoors{number}"),
        "twit": (f"{first} {last[0]}.", f"@{plain}_{number}"),
        "whatsapp": (person["name"], person["phone"]),
        "linkedin": (f"{first} {last}", ""),
        "rtm": (first, ""),
    }
    name, handle = names[medium]
    contact = Contact(key, medium, guid("network", key)[:24].replace("-", ""), name, handle, person)
    contact.attributes.append(
        {"attribute": f"{medium}-profile-name", "value": name, "source": "MEDIUM"}
    )
    if person["customer"]:
        for attribute in ("email", "first_name", "last_name"):
            contact.attributes.append(
                {"attribute": attribute, "value": person[attribute], "source": "CRM_CONFIRMED"}
            )
    world.contacts[key] = contact
    return contact
