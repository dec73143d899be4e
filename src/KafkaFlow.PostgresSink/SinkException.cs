namespace KafkaFlow.PostgresSink;

/// <summary>The sink cannot go on; the message says what was expected, what was found and what to do.</summary>
public sealed class SinkException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The session is over; a new one begins at the cursors that Postgres holds. Nothing is lost.</summary>
internal sealed class SessionEndedException(string message, Exception? inner = null) : Exception(message, inner);
