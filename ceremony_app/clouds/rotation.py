"""The rotation calendar: one all-day entry with a reminder, as iCalendar (RFC 5545)."""

from __future__ import annotations

from datetime import date, timedelta

from ceremony_app.clouds.moment import from_utc_text

REMINDER_DAYS = 60
_LINE_BYTES = 75


def rotation_date(made_at: str, rotate_after_days: int) -> date:
    """The day the key is due; `made_at` is UTC as in the record."""
    return from_utc_text(made_at).date() + timedelta(days=rotate_after_days)


def rotation_calendar(ceremony_id: str, label: str, resource: str, made_at: str, rotate_after_days: int) -> bytes:
    """The calendar's bytes; equal for equal arguments, so importing it twice gives one entry (its UID names ceremony, key and resource)."""
    due = rotation_date(made_at, rotate_after_days)
    stamp = from_utc_text(made_at).strftime("%Y%m%dT%H%M%SZ")
    summary = f"Rotate key {label}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//key-ceremony//rotation 1//EN",
        "BEGIN:VEVENT",
        f"UID:{ceremony_id}-{label}@{_text(resource)}",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{due:%Y%m%d}",
        f"SUMMARY:{summary}",
        f"DESCRIPTION:{_text(f'Made in ceremony {ceremony_id}; lies at {resource}. The next ceremony should be planned by now.')}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{summary}: plan the ceremony",
        f"TRIGGER:-P{REMINDER_DAYS}D",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(_folded(line) for line in lines).encode()


def _text(value: str) -> str:
    """Escaped TEXT (RFC 5545, 3.3.11)."""
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """At most 75 octets a line, continued with a space (RFC 5545, 3.1); the texts here are ASCII."""
    first, rest = line[:_LINE_BYTES], line[_LINE_BYTES:]
    parts = [rest[start : start + _LINE_BYTES - 1] for start in range(0, len(rest), _LINE_BYTES - 1)]
    return "\r\n ".join([first, *parts]) + "\r\n"
