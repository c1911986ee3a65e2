"""What a person does: the pad, the cameras, the inspector. Tools do not know each other."""
