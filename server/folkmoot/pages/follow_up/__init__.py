"""What came of it: answers, outcomes, evidence, and news of them."""
