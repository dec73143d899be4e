namespace KafkaFlow.Streams;

/// <summary>The runtime cannot go on; the message says what was expected, what was found, and where.</summary>
public sealed class StreamsException : Exception
{
    public StreamsException(string message)
        : base(message)
    {
    }

    public StreamsException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Starting over cannot help: the settings or the topics are wrong, or another instance took the
    /// place.</summary>
    public bool IsFinal { get; init; }

    /// <summary>The transactional id was used elsewhere, or the broker ended a transaction that took too
    /// long.</summary>
    internal bool IsFenced { get; init; }
}
