// What is loaded with `await import` is loaded whole: a module of its own has the bundle leave out what else `tspod` exports.
export { createRuntime } from 'tspod';
