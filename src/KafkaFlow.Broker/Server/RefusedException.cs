namespace KafkaFlow.Broker.Server;

/// <summary>The connection is closed instead of an answer, as where a producer wants none and must learn of an error.</summary>
internal sealed class RefusedException(string message) : Exception(message);
