'use strict';

const { measure } = require('../measure.js');
const { streamTrial } = require('../stream-trial.js');

streamTrial(measure);
