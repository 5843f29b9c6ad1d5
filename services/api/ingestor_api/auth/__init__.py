"""Who calls: tokens of our own and of an external issuer, accounts, and throttling of those who guess."""
