"""What is recorded of one work: no-block list, licences, prior review, the reference, false claims of ownership."""
