using KafkaFlow.Wire;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Broker.Groups;

/// <summary>States of a group. Empty: no members, perhaps offsets. Dead: gone, its object is not used again.</summary>
internal enum GroupState
{
    Empty,
    PreparingRebalance,
    CompletingRebalance,
    Stable,
    Dead,
}

/// <summary>Answer to a member that joins.</summary>
/// <param name="Members">All members, for the leader alone.</param>
internal sealed record JoinResult(
    ErrorCode Error, string MemberId, int Generation = -1, string? ProtocolType = null, string? Protocol = null,
    string Leader = "", bool SkipAssignment = false,
    IReadOnlyList<(string MemberId, string? InstanceId, byte[] Metadata)>? Members = null);

/// <summary>Answer to a member that asks for its assignment.</summary>
internal sealed record SyncResult(
    ErrorCode Error, byte[] Assignment, string? ProtocolType = null, string? Protocol = null);

/// <summary>An offset a group has committed.</summary>
/// <param name="LogOffset">Where the commit stands in the offsets topic; the later one counts.</param>
internal sealed record CommittedOffset(long Offset, int LeaderEpoch, string Metadata, long CommitMs, long LogOffset);

/// <summary>A member as it is described.</summary>
internal sealed record MemberView(
    string MemberId, string? InstanceId, string ClientId, string ClientHost, byte[] Metadata, byte[] Assignment);

/// <summary>A group as it is described.</summary>
internal sealed record GroupView(
    string Id, GroupState State, string ProtocolType, string Protocol, IReadOnlyList<MemberView> Members);

/// <summary>What all groups share.</summary>
/// <param name="Store">Writes a group to the offsets topic.</param>
internal sealed record GroupContext(
    TimeProvider Clock, int MaxSize, ILogger Logger, Func<string, StoredGroup, ErrorCode> Store)
{
    public long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();
}
