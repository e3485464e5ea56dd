"""Time zones that Zoom takes in requests, and the nearest one for those it does not take.

Source: vendor page "Abbreviation lists" (a fixed list of time zone ids).
"""

import pytz

_LIST = """
Africa/Algiers Africa/Bangui Africa/Cairo Africa/Casablanca Africa/Djibouti Africa/Harare
Africa/Johannesburg Africa/Khartoum Africa/Mogadishu Africa/Nairobi Africa/Nouakchott
Africa/Tripoli Africa/Tunis America/Anchorage America/Araguaina America/Argentina/Buenos_Aires
America/Bogota America/Caracas America/Chicago America/Costa_Rica America/Denver
America/Edmonton America/El_Salvador America/Godthab America/Guatemala America/Halifax
America/Indianapolis America/Lima America/Los_Angeles America/Managua America/Mazatlan
America/Mexico_City America/Montevideo America/Montreal America/New_York America/Panama
America/Phoenix America/Puerto_Rico America/Regina America/Santiago America/Sao_Paulo
America/St_Johns America/Tijuana America/Vancouver America/Winnipeg Asia/Aden Asia/Almaty
Asia/Amman Asia/Baghdad Asia/Bahrain Asia/Baku Asia/Bangkok Asia/Beirut Asia/Calcutta
Asia/Damascus Asia/Dhaka Asia/Dubai Asia/Hong_Kong Asia/Irkutsk Asia/Jakarta Asia/Jerusalem
Asia/Kabul Asia/Kamchatka Asia/Kathmandu Asia/Krasnoyarsk Asia/Kuala_Lumpur Asia/Kuwait
Asia/Magadan Asia/Muscat Asia/Nicosia Asia/Novosibirsk Asia/Qatar Asia/Riyadh Asia/Saigon
Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Taipei Asia/Tashkent Asia/Tehran Asia/Tokyo
Asia/Vladivostok Asia/Yakutsk Asia/Yekaterinburg Atlantic/Azores Atlantic/Cape_Verde
Atlantic/Reykjavik Australia/Adelaide Australia/Brisbane Australia/Darwin Australia/Hobart
Australia/Perth Australia/Sydney Canada/Atlantic Europe/Amsterdam Europe/Athens Europe/Belgrade
Europe/Berlin Europe/Brussels Europe/Bucharest Europe/Budapest Europe/Copenhagen Europe/Dublin
Europe/Helsinki Europe/Istanbul Europe/Lisbon Europe/London Europe/Luxembourg Europe/Madrid
Europe/Moscow Europe/Oslo Europe/Paris Europe/Prague Europe/Rome Europe/Sofia Europe/Stockholm
Europe/Vienna Europe/Warsaw Europe/Zurich Pacific/Apia Pacific/Auckland Pacific/Fiji
Pacific/Honolulu Pacific/Noumea Pacific/Pago_Pago Pacific/Port_Moresby UTC
"""
ZONES = frozenset(_LIST.split())


def zoom_zone(name, starts):
    """Return the zone of Zoom's list that serves a series in another zone best.

    A zone that is not on the list is replaced by one whose wall clock differs by the same span at
    the dates, so that the series keeps its hour in both: the same clock if possible, else a clock with
    another minute (Chatham Islands: Auckland and 45 minutes) on the same days. A zone that fits most
    dates will do (Lord Howe Island moves its clock by half an hour): the rest is corrected date by date.

    :param str name: IANA name
    :param starts: naive UTC datetimes in order; without any, only the list is asked
    :return: name, None when no zone of the list fits at least half of the dates
    """
    if name in ZONES:
        return name
    if name not in pytz.all_timezones_set or not starts:
        return None
    own = [local_time(moment, name) for moment in starts]
    best, best_score = None, None
    for candidate in sorted(ZONES, key=lambda zone: (_region(zone) != _region(name), zone)):
        theirs = [local_time(moment, candidate) for moment in starts]
        shift = theirs[0] - own[0]
        fits = sum(
            their - mine == shift and their.date() == mine.date()
            for their, mine in zip(theirs, own, strict=True)
        )
        score = (fits, not shift)
        if theirs[0].date() == own[0].date() and (best is None or score > best_score):
            best, best_score = candidate, score
    return best if best and best_score[0] * 2 >= len(starts) else None


def _region(name):
    return name.partition("/")[0]


def local_time(moment, name):
    """Return what a clock in zone `name` shows at a naive UTC moment, naive as well."""
    return pytz.utc.localize(moment).astimezone(pytz.timezone(name)).replace(tzinfo=None)
