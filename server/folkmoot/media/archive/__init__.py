"""Archive: films brought in afterwards, and recordings looked over and repaired."""
