namespace KafkaFlow.Wire;

/// <summary>Bytes that are not what the protocol says; the message names place, expectation and finding.</summary>
public sealed class WireException(string message) : Exception(message);
