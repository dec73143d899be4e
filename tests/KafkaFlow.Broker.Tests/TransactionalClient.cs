using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;

namespace KafkaFlow.Broker.Tests;

/// <summary>A transactional producer made of single requests, so that a test can send what a library would not.</summary>
internal sealed class TransactionalClient(WireClient wire, string id)
{
    private readonly Dictionary<string, int> _sequences = [];

    public long ProducerId { get; private set; } = -1;

    public short Epoch { get; private set; } = -1;

    public async Task<ErrorCode> InitAsync(int timeoutMs = 60_000, bool recovers = false)
    {
        var answer = await wire.AskAsync<InitProducerIdResponse>(new InitProducerIdRequest
        {
            TransactionalId = id,
            TransactionTimeoutMs = timeoutMs,
            ProducerId = recovers ? ProducerId : -1,
            ProducerEpoch = recovers ? Epoch : (short)-1,
        });
        if (answer.ErrorCode == 0)
        {
            (ProducerId, Epoch) = (answer.ProducerId, answer.ProducerEpoch);
            _sequences.Clear();
        }
        return (ErrorCode)answer.ErrorCode;
    }

    public async Task<ErrorCode> AddAsync(string topic, params int[] partitions) =>
        (ErrorCode)(await wire.AskAsync<AddPartitionsToTxnResponse>(new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = id,
            V3AndBelowProducerId = ProducerId,
            V3AndBelowProducerEpoch = Epoch,
            V3AndBelowTopics = [new() { Name = topic, Partitions = [.. partitions] }],
        })).ResultsByTopicV3AndBelow[0].ResultsByPartition[0].PartitionErrorCode;

    public async Task<ErrorCode> ProduceAsync(string topic, string value, int partition = 0, string? key = null)
    {
        var sequence = _sequences.GetValueOrDefault($"{topic}-{partition}");
        var batch = (key is null ? Requests.Batch(value) : Requests.Keyed(key, value)).From(ProducerId, Epoch, sequence, transactional: true);
        var answer = await wire.ProduceAsync(topic, batch, id, partition);
        if (answer.ErrorCode == 0) _sequences[$"{topic}-{partition}"] = sequence + 1;
        return (ErrorCode)answer.ErrorCode;
    }

    public async Task<ErrorCode> AddOffsetsAsync(string group) => (ErrorCode)(await wire.AskAsync<AddOffsetsToTxnResponse>(
        new AddOffsetsToTxnRequest { TransactionalId = id, ProducerId = ProducerId, ProducerEpoch = Epoch, GroupId = group })).ErrorCode;

    public async Task<ErrorCode> CommitOffsetAsync(string group, string topic, long offset) =>
        (ErrorCode)(await wire.AskAsync<TxnOffsetCommitResponse>(new TxnOffsetCommitRequest
        {
            TransactionalId = id,
            GroupId = group,
            ProducerId = ProducerId,
            ProducerEpoch = Epoch,
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = offset, CommittedMetadata = "" }] }],
        })).Topics[0].Partitions[0].ErrorCode;

    public async Task<ErrorCode> EndAsync(bool commits) => (ErrorCode)(await wire.AskAsync<EndTxnResponse>(
        new EndTxnRequest { TransactionalId = id, ProducerId = ProducerId, ProducerEpoch = Epoch, Committed = commits })).ErrorCode;

    public static async Task<(long Offset, ErrorCode Error)> OffsetAsync(
        WireClient wire, string group, string topic, bool requireStable)
    {
        var answer = await wire.AskAsync<OffsetFetchResponse>(new OffsetFetchRequest
        {
            RequireStable = requireStable,
            Groups = [new() { GroupId = group, Topics = [new() { Name = topic, PartitionIndexes = [0] }] }],
        });
        var partition = answer.Groups[0].Topics[0].Partitions[0];
        return (partition.CommittedOffset, (ErrorCode)partition.ErrorCode);
    }
}
