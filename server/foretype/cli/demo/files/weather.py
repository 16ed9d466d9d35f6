"""A week at a weather station: read its reports, and say what they mean."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Report:
    """What a station measured in one day."""

    day: date
    temperature: float
    rainfall: float
    wind_speed: float
    humidity: float


def read_reports(path: Path) -> list[Report]:
    """The reports of a file, the oldest first."""
    with path.open(newline="") as file:
        reports = [parse_report(row) for row in csv.DictReader(file)]
    return sorted(reports, key=lambda report: report.day)


def parse_report(row: dict[str, str]) -> Report:
    """One report from one row of the file."""
    return Report(
        day=date.fromisoformat(row["day"]),
        temperature=float(row["temperature"]),
        rainfall=float(row["rainfall"]),
        wind_speed=float(row["wind_speed"]),
        humidity=float(row["humidity"]),
    )


def mean_temperature(reports: Sequence[Report]) -> float:
    """The mean temperature, in degrees Celsius."""
    if not reports:
        raise ValueError("there are no reports")
    return sum(report.temperature for report in reports) / len(reports)


def mean_rainfall(reports: Sequence[Report]) -> float:
    """The mean rainfall, in millimetres a day."""
    if not reports:
        raise ValueError("there are no reports")
    return sum(report.rainfall for report in reports) / len(reports)


def mean_humidity(reports: Sequence[Report]) -> float:
    """The mean humidity, in per cent."""
    if not reports:
        raise ValueError("there are no reports")
    return sum(report.humidity for report in reports) / len(reports)


def warmest(reports: Sequence[Report]) -> Report:
    """The report with the highest temperature."""
    if not reports:
        raise ValueError("there are no reports")
    return max(reports, key=lambda report: report.temperature)


def wettest(reports: Sequence[Report]) -> Report:
    """The report with the highest rainfall."""
    if not reports:
        raise ValueError("there are no reports")
    return max(reports, key=lambda report: report.rainfall)


def most_humid(reports: Sequence[Report]) -> Report:
    """The report with the highest humidity."""
    if not reports:
        raise ValueError("there are no reports")
    return max(reports, key=lambda report: report.humidity)


def windiest(reports: Sequence[Report]) -> Report:
    """The report with the highest wind speed."""
    if not reports:
        raise ValueError("there are no reports")
    return max(reports, key=lambda report: report.wind_speed)


def mean_wind_speed(reports: Sequence[Report]) -> float:
    """The mean wind speed, in metres a second."""
    if not reports:
        raise ValueError("there are no reports")
    return sum(report.wind_speed for report in reports) / len(reports)


def summary(reports: Sequence[Report]) -> str:
    """A week in three sentences."""
    return (
        f"The mean temperature was {mean_temperature(reports):.1f} degrees. "
        f"The warmest day was {warmest(reports).day:%A}. "
        f"The windiest day was {windiest(reports).day:%A}."
    )
