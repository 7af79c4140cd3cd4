/**
 * What the session code does under conditions that no test bench has: a million sessions, two hundred gateways, a database
 * that stands still. The scenarios and their report, and the planning of capacity from the same model.
 */
@NullMarked
package io.sessiongate.session.simulation;

import org.jspecify.annotations.NullMarked;
