using KafkaFlow.Broker.Server;

namespace KafkaFlow.Broker.Groups;

/// <summary>A way to share partitions that a member offers, with what it tells the leader for it.</summary>
internal sealed record GroupProtocol(string Name, byte[] Metadata);

/// <summary>What a member asks when it joins.</summary>
internal sealed record JoinRequest(
    string MemberId, string? InstanceId, string ClientId, string ClientHost, TimeSpan SessionTimeout,
    TimeSpan RebalanceTimeout, string ProtocolType, IReadOnlyList<GroupProtocol> Protocols, bool NeedsKnownId,
    bool MaySkipAssignment);

/// <summary>A member of a group. Changes under the group's lock.</summary>
internal sealed class GroupMember(string memberId, JoinRequest join, Alarm session) : IDisposable
{
    public string MemberId { get; set; } = memberId;

    /// <summary>null in a dynamic member.</summary>
    public string? InstanceId { get; } = join.InstanceId;

    public string ClientId { get; private set; } = join.ClientId;

    public string ClientHost { get; private set; } = join.ClientHost;

    public TimeSpan SessionTimeout { get; private set; } = join.SessionTimeout;

    public TimeSpan RebalanceTimeout { get; private set; } = join.RebalanceTimeout;

    public IReadOnlyList<GroupProtocol> Protocols { get; private set; } = join.Protocols;

    public byte[] Assignment { get; set; } = [];

    /// <summary>Ends the membership unless it is put off by a heartbeat.</summary>
    public Alarm Session => session;

    /// <summary>Waits for the others to join.</summary>
    public TaskCompletionSource<JoinResult>? Joining { get; set; }

    /// <summary>Waits for the leader's assignment.</summary>
    public TaskCompletionSource<SyncResult>? Syncing { get; set; }

    /// <summary>It got a generation and has not asked for its assignment.</summary>
    public bool OwesSync { get; set; }

    public void Update(JoinRequest again)
    {
        (ClientId, ClientHost) = (again.ClientId, again.ClientHost);
        (SessionTimeout, RebalanceTimeout, Protocols) = (again.SessionTimeout, again.RebalanceTimeout, again.Protocols);
    }

    public byte[] MetadataOf(string protocol) => Protocols.First(p => p.Name == protocol).Metadata;

    public bool Offers(IReadOnlyList<GroupProtocol> protocols) =>
        Protocols.Count == protocols.Count && Protocols.Zip(protocols).All(
            pair => pair.First.Name == pair.Second.Name &&
                pair.First.Metadata.AsSpan().SequenceEqual(pair.Second.Metadata));

    public void Dispose() => session.Dispose();
}
