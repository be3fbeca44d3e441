"""What people say in writing: threads, names, attachments, consent, paper cards."""
