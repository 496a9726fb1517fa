/** A page loads no advice for habits, see `habits.d.ts`. */

/** @type {() => undefined} */
const none = () => undefined;

export { none as conditionAdvice, none as eventAdvice, none as optionAdvice, none as tokenAdvice, none as urlAdvice };
