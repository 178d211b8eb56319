// Package chance answers package capacity's question where the numbers are not
// known exactly: with P5, P50 and P95 instead of one number, with the
// probability of each limit to be the one that binds, and with the input that
// is worth measuring.
//
//	r, err := chance.Ask(host, workload, chance.Options{Seed: 1},
//		chance.AppBytes(chance.LogNormal(8_000, 40_000)),
//		chance.Unread(chance.Triangle(0, 500, 20_000)))
//
// A number is a distribution ([Number]); an [Input] is one with its place in
// the host or the workload. The same seed gives the same answer.
//
// # How sensitive
//
// Three measures, each of which says something else:
//
//   - Effect.FirstOrder is variance-based: the share of the variance of
//     log(connections) that would go if this input were known (the first-order
//     Sobol index). It is the one to rank by.
//   - Effect.Rank is Spearman's rank correlation: its sign says the direction.
//   - Effect.Low and High are the answer with this input at its P5 and its P95
//     and all others at their median: the bars of a tornado.
package chance
