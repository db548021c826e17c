"""What a question takes for an answer: reads what was typed or pressed, and turns values to JSON and back."""

from bot.fields.base import Ask, Field, Instead, Json, Option, Reading, Ways, Wrong
from bot.fields.choice import OneOf, Person, YesNo, choice_typed
from bot.fields.found import Found
from bot.fields.gathering import Files, Gathered, Gathering, Several
from bot.fields.written import Day, Link, Mobile, Number, Numbers, Text, TimeOfDay

__all__ = [
    "Ask", "Day", "Field", "Files", "Found", "Gathered", "Gathering", "Instead", "Json", "Link", "Mobile", "Number", "Numbers", "OneOf",
    "Option", "Person", "Reading", "Several", "Text", "TimeOfDay", "Ways", "Wrong", "YesNo", "choice_typed",
]  # fmt: skip
