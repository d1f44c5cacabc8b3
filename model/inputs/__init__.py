"""What a component is fed with: built-in samples, a user's folder, the identity of a person."""
