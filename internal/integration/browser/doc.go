// Package browser tests the pages of a login in a real browser: Chromium, without a window, driven through the program
// examples/oauth-login. Without chromium in the PATH the tests are skipped, unless SDK_INTEGRATION=1 demands them.
// SDK_SCREENSHOTS names a folder for pictures of the pages.
package browser
