package api

// signOnError says why a request is of nobody known, in words for whoever made it.
type signOnError string

// Error returns the words.
func (e signOnError) Error() string { return string(e) }
