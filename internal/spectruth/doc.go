// Package spectruth keeps the documents under openapi honest.
//
// It answers three questions, each a test of this package:
//
//   - valid: does every document follow OpenAPI 3.0 and the conventions of openapi/README.md?
//   - true: does every operation say what the vendor's own document says, be it OpenAPI or a text with tables?
//   - lossless: does every answer that the vendor shows as an example, or that was recorded from the real service,
//     survive a trip through the SDK?
//
// The last two need the vendors' documents, which are not part of this repository: give their folder with
// -reference or SDK_REFERENCE. Wherever we differ on purpose, wanted.txt says so, with the reason. A difference that
// is not in that list fails, and so does an entry of the list that explains nothing any more.
package spectruth
