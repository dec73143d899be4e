using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Server;

/// <summary>Who asks, in which version. The token ends with the connection or the broker.</summary>
internal sealed record RequestContext(Api Api, short Version, string ClientId, string ClientHost, CancellationToken Cancel);
