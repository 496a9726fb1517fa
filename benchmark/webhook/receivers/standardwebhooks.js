'use strict';

module.exports = require('./standard.js')(require('standardwebhooks'));
