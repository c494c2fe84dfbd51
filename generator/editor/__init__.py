"""What an editor shows of files: ranges of findings, explanations, completion, changes. Pure, without the protocol."""
