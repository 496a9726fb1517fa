'use strict';
// No receiver: the SHA-256 of the body by OpenSSL, which is as fast as the processor is.

const { createHash } = require('node:crypto');

exports.deliver = (body) => ({ body });

exports.verify = ({ body }) => createHash('sha256').update(body).digest();
