"""The timetable: to look at, to take part in, to take along."""
