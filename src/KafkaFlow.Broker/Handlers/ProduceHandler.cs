using System.Runtime.InteropServices;
using KafkaFlow.Broker.Logs;
using KafkaFlow.Broker.Server;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;
using PartitionAnswer = KafkaFlow.Wire.Messages.ProduceResponse.TopicProduceResponse.PartitionProduceResponse;
using PartitionRequest = KafkaFlow.Wire.Messages.ProduceRequest.TopicProduceData.PartitionProduceData;

namespace KafkaFlow.Broker.Handlers;

/// <summary>Produce: each partition by itself; what is answered is in its file.</summary>
internal sealed class ProduceHandler(BrokerCore core)
{
    private const short None = 0;
    private const short Leader = 1;
    private const short All = -1;
    private const short FirstVersionWithZstd = 7;
    private const short FirstVersionWithAbortable = 11;

    public IWire? Handle(RequestContext c, ProduceRequest request)
    {
        var response = new ProduceResponse();
        var failed = false;
        foreach (var topic in request.TopicData)
        {
            var answer = new ProduceResponse.TopicProduceResponse { Name = topic.Name };
            foreach (var partition in topic.PartitionData)
            {
                var done = request.Acks is None or Leader or All
                    ? Append(c, request, topic.Name, partition)
                    : Failed(partition.Index, ErrorCode.InvalidRequiredAcks, null);
                failed |= done.ErrorCode != 0;
                answer.PartitionResponses.Add(done);
            }
            response.Responses.Add(answer);
        }
        if (request.Acks != None) return response;
        return failed ? throw new RefusedException("a produce request without acknowledgement failed") : null;
    }

    private PartitionAnswer Append(RequestContext c, ProduceRequest request, string name, PartitionRequest partition)
    {
        if (core.Catalog.Find(name) is not { } topic || topic.Partition(partition.Index) is not { } log)
        {
            return Failed(
                partition.Index, ErrorCode.UnknownTopicOrPartition, "This server does not host this topic-partition.");
        }
        if (topic.IsInternal)
            return Failed(partition.Index, ErrorCode.InvalidTopic, $"Cannot append to internal topic {name}");

        var bytes = partition.Records is RecordMemory records
            ? MemoryMarshal.AsMemory(records.Memory).Span
            : [];
        var verdict = BatchCheck.Check(bytes, log.Config, core.Context.NowMs);
        if (verdict.Error != ErrorCode.None)
        {
            var start = verdict.IsRequestWrong ? -1 : log.Bounds.Start;
            return Failed(partition.Index, verdict.Error, verdict.Message, start, verdict.Records);
        }
        var batch = new RecordBatch(bytes);
        if (batch.CompressionValue == (int)Compression.Zstd && c.Version < FirstVersionWithZstd)
            return Failed(partition.Index, ErrorCode.UnsupportedCompressionType, "zstd needs Produce version 7");
        if (batch.IsTransactional && request.TransactionalId is null)
            return Failed(partition.Index, ErrorCode.TransactionalIdAuthorizationFailed, null);

        var done = batch.IsTransactional
            ? core.Transactions.Append(request.TransactionalId!, name, partition.Index, log, bytes)
            : log.Append(bytes, Writer.Client);
        if (done.Error == ErrorCode.InvalidTxnState && c.Version >= FirstVersionWithAbortable)
            return Failed(partition.Index, ErrorCode.TransactionAbortable, done.Message);
        if (done.Error != ErrorCode.None)
        {
            var isKnown = done.Error is ErrorCode.OutOfOrderSequenceNumber or ErrorCode.InvalidProducerEpoch;
            return Failed(partition.Index, done.Error, done.Message, isKnown ? log.Bounds.Start : -1);
        }
        return new()
        {
            Index = partition.Index,
            BaseOffset = done.BaseOffset,
            LogAppendTimeMs = done.AppendTime,
            LogStartOffset = log.Bounds.Start,
        };
    }

    private static PartitionAnswer Failed(
        int index, ErrorCode error, string? message, long logStart = -1,
        List<(int Index, string Message)>? records = null) => new()
        {
            Index = index,
            ErrorCode = (short)error,
            BaseOffset = -1,
            LogAppendTimeMs = -1,
            LogStartOffset = logStart,
            ErrorMessage = message,
            RecordErrors = records is null
                ? []
                : [.. records.Select(r => new PartitionAnswer.BatchIndexAndErrorMessage
                    { BatchIndex = r.Index, BatchIndexErrorMessage = r.Message })],
        };
}
