"""Invented people with believable names, some beyond ASCII, all at example domains."""

import random
import unicodedata
from dataclasses import dataclass

FIRST = (
    "Marta",
    "Jürgen",
    "Aisha",
    "Tomás",
    "Chloë",
    "Ravi",
    "Ingrid",
    "Łukasz",
    "Mei",
    "Diego",
    "Zoé",
    "Henrik",
    "Priya",
    "Sofía",
    "Owen",
    "Yuki",
    "Amélie",
    "Karim",
    "Nadia",
    "Björn",
    "Elena",
    "Tariq",
    "Grace",
    "Matteo",
    "Hana",
    "Pilar",
    "Dmitri",
    "Fatima",
    "Joël",
    "Renée",
)
LAST = (
    "Álvarez",
    "Müller",
    "Okafor",
    "Novák",
    "Lindqvist",
    "Sharma",
    "O'Brien",
    "Nowak",
    "Chen",
    "García",
    "Dubois",
    "Sørensen",
    "Iyer",
    "Castaño",
    "Hughes",
    "Tanaka",
    "Lefèvre",
    "Haddad",
    "Petrova",
    "Åkesson",
    "Rossi",
    "Mansour",
    "Mbeki",
    "Conti",
    "Kovács",
    "Ibáñez",
    "Volkov",
    "Said",
    "Peeters",
    "Núñez",
)
GUESTS = (
    "iPhone de Marta",
    "Gia Guest",
    "Conference Room 4",
    "会议室平板",
    "Samsung SM-G991B",
    "Paul (phone)",
)
TOPICS = (
    "Project kick-off",
    "Réunion d’équipe",
    "Sales pipeline review",
    "Entrevista técnica — backend",
    "Customer onboarding",
    "Quarterly planning 四半期計画",
    "Budget übersicht",
    "Design critique",
    "Support hand-over",
    "Product demo for Nordlys A/S",
    "Board preparation",
    "Revisión de contrato",
    "Security audit Q&A",
    "Marketing sync",
    "Hiring debrief",
    "Release readiness ✅",
)
ZONES = (
    "Europe/Madrid",
    "America/New_York",
    "Asia/Kolkata",
    "Europe/Berlin",
    "America/Los_Angeles",
    "Australia/Sydney",
)


@dataclass(frozen=True)
class Person:
    """Somebody outside the account."""

    first_name: str
    last_name: str
    email: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


def mailbox(first: str, last: str) -> str:
    """The part before the @, plain ASCII."""
    plain = unicodedata.normalize("NFKD", f"{first}.{last}".replace("Ł", "L").replace("ø", "o"))
    return "".join(c for c in plain.lower() if c.isascii() and (c.isalnum() or c == "."))


def invent(rng: random.Random, count: int, domain: str) -> list[Person]:
    """Distinct people; a number is put into the name when the lists run out."""
    pairs = [(first, last) for first in FIRST for last in LAST]
    rng.shuffle(pairs)
    people = []
    for index in range(count):
        first, last = pairs[index % len(pairs)]
        if index >= len(pairs):
            last = f"{last} {index // len(pairs) + 1}"
        people.append(Person(first, last, f"{mailbox(first, last)}@{domain}"))
    return people
