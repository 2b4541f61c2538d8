"""What a wrong answer means: known mistakes are asked the same, numbers are held beside the right ones."""
