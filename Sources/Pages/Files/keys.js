/**
 * Whether a key is an input method's: it ends or leaves a composition, and means nothing else. Safari ends the composition
 * before it tells of the key, and says so by the code alone.
 */
export function isComposing({ isComposing: composes, keyCode }) {
  return composes || keyCode === 229;
}
