package io.sessiongate.config;

/**
 * Where a value comes from that a check brings along.
 *
 * @param column its name, taken literally
 * @param ofUser whether it is the table of users' and not the table of sessions'; never with a query
 */
public record AttributeColumn(String column, boolean ofUser) {}
