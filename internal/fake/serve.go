package fake

import (
	"errors"
	"net/http"
)

// NotMade is what a fake says that was not made by its constructor.
func NotMade(name string) error {
	return errors.New(name + ": the Server was not made by NewServer: a zero Server answers nothing")
}

// Serve lets handler, that of the fake with a name, take a request. A handler that is nil is that of a fake which was not
// made by its constructor. What a program made by itself may lack a URL or a body, which the handlers rely on.
func Serve(handler http.Handler, name string, w http.ResponseWriter, r *http.Request) {
	switch {
	case w == nil: // nobody to answer
		return
	case handler == nil:
		// No client repeats a request after this status.
		WriteJSON(w, http.StatusNotImplemented, map[string]any{"message": NotMade(name).Error(), "errorMessages": []string{NotMade(name).Error()}})
		return
	case r == nil || r.URL == nil:
		http.Error(w, name+": the request is nil or has no URL: make it by http.NewRequest", http.StatusBadRequest)
		return
	case r.Body == nil:
		r = r.WithContext(r.Context())
		r.Body = http.NoBody
	}
	handler.ServeHTTP(w, r)
}
