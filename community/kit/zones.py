"""Time zones to choose from."""

from functools import lru_cache
from zoneinfo import available_timezones

from babel.core import get_global
from babel.dates import get_timezone_location
from wtforms import SelectChoice

from community.kit.languages import locale


@lru_cache
def zones(language: str) -> list[SelectChoice]:
    """Time zones by the names of their cities and countries in the reader's language."""
    speaks = locale(language)
    countries = get_global("zone_territories")
    named = []
    for zone in set(countries) & available_timezones():
        city = get_timezone_location(zone, locale=speaks, return_city=True)
        country = speaks.territories.get(countries[zone])
        named.append((zone, f"{city} ({country})" if country else city))
    return [SelectChoice(*each) for each in sorted(named, key=lambda each: each[1])]
