"""The timetable as files that other programs read: calendars, conference apps, tables."""
