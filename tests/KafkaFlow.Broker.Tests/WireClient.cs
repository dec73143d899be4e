using System.Buffers.Binary;
using System.Net.Sockets;
using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;

namespace KafkaFlow.Broker.Tests;

/// <summary>One connection that sends requests of any kind and version, as no client library would.</summary>
internal sealed class WireClient : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly TcpClient _tcp = new() { NoDelay = true };
    private int _correlation;

    public WireClient(string bootstrap)
    {
        var address = bootstrap.Split(':');
        _tcp.Connect(address[0], int.Parse(address[1], null));
    }

    public Socket Socket => _tcp.Client;

    /// <param name="version">Default: the highest.</param>
    public async Task<T> AskAsync<T>(IWire request, short version = -1) where T : IWire
    {
        await SendAsync(request, version);
        return (T)await ReceiveAsync(ApiOf(request), Version(request, version));
    }

    public async Task SendAsync(IWire request, short version = -1)
    {
        var api = ApiOf(request);
        using var c = Codec.Writer();
        var length = 0;
        c.Int32(ref length);
        new RequestHeader((short)api.Key, Version(request, version), ++_correlation, "wire").Write(c, api);
        request.Code(c);
        c.SetInt32(0, c.Position - 4);
        await SendBytesAsync(c.Written);
    }

    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes) => await _tcp.GetStream().WriteAsync(bytes);

    public async Task<IWire> ReceiveAsync(Api api, short version)
    {
        var c = Codec.Reader(await ReceiveFrameAsync());
        Assert.Equal(_correlation, ResponseHeader.Code(c, api, version, 0));
        var response = api.NewResponse();
        response.Code(c);
        Assert.Equal(0, c.Remaining);
        return response;
    }

    /// <exception cref="EndOfStreamException">The broker has closed the connection.</exception>
    public async Task<byte[]> ReceiveFrameAsync()
    {
        using var late = new CancellationTokenSource(Limit);
        var prefix = new byte[4];
        await _tcp.GetStream().ReadExactlyAsync(prefix, late.Token);
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
        await _tcp.GetStream().ReadExactlyAsync(frame, late.Token);
        return frame;
    }

    public async Task<bool> IsClosedByPeerAsync()
    {
        using var late = new CancellationTokenSource(Limit);
        try
        {
            return await _tcp.GetStream().ReadAsync(new byte[1], late.Token) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => _tcp.Dispose();

    private static Api ApiOf(IWire request) => ApiTable.All.First(api => api.NewRequest().GetType() == request.GetType());

    private static short Version(IWire request, short version) => version >= 0 ? version : ApiOf(request).Max;
}

/// <summary>Short forms of the requests that tests send most.</summary>
internal static class Requests
{
    public static async Task<ErrorCode> CreateAsync(
        this WireClient client, string topic, int partitions = 1, params (string Name, string Value)[] config)
    {
        var request = new CreateTopicsRequest { TimeoutMs = 10_000 };
        request.Topics.Add(new()
        {
            Name = topic,
            NumPartitions = partitions,
            ReplicationFactor = 1,
            Configs = [.. config.Select(c => new CreateTopicsRequest.CreatableTopic.CreatableTopicConfig { Name = c.Name, Value = c.Value })],
        });
        return (ErrorCode)(await client.AskAsync<CreateTopicsResponse>(request)).Topics[0].ErrorCode;
    }

    public static async Task<ProduceResponse.TopicProduceResponse.PartitionProduceResponse> ProduceAsync(
        this WireClient client, string topic, RecordBatchBuilder batch, string? transactionalId = null, int partition = 0,
        short version = -1)
    {
        var request = new ProduceRequest { Acks = -1, TimeoutMs = 10_000, TransactionalId = transactionalId };
        request.TopicData.Add(new()
        {
            Name = topic,
            PartitionData = [new() { Index = partition, Records = new RecordMemory(batch.Build()) }],
        });
        return (await client.AskAsync<ProduceResponse>(request, version)).Responses[0].PartitionResponses[0];
    }

    public static async Task<FetchResponse.FetchableTopicResponse.PartitionData> FetchAsync(
        this WireClient client, string topic, long offset, bool committed = false, int partition = 0, int waitMs = 0,
        int maxBytes = 1 << 20)
    {
        var request = new FetchRequest { MaxWaitMs = waitMs, MinBytes = 1, MaxBytes = maxBytes, IsolationLevel = (sbyte)(committed ? 1 : 0) };
        request.Topics.Add(new()
        {
            Topic = topic,
            Partitions = [new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = maxBytes }],
        });
        return (await client.AskAsync<FetchResponse>(request, 12)).Responses[0].Partitions[0];
    }

    /// <summary>Values a consumer would give out, from the log's start to its end.</summary>
    public static async Task<List<(long Offset, string? Key, string? Value)>> ReadAsync(
        this WireClient client, string topic, bool committed, int partition = 0)
    {
        var found = new List<(long, string?, string?)>();
        for (var offset = await client.OffsetAsync(topic, -2, partition); ;)
        {
            var read = await client.FetchAsync(topic, offset, committed, partition);
            Assert.Equal(0, read.ErrorCode);
            var bytes = ((RecordMemory)read.Records!).Memory.ToArray();
            if (bytes.Length == 0) return found;
            var aborted = (read.AbortedTransactions ?? []).ToDictionary(a => (a.ProducerId, a.FirstOffset), _ => true);
            var hidden = new HashSet<long>();
            for (var at = 0; at < bytes.Length;)
            {
                var batch = new RecordBatch(bytes.AsSpan(at));
                Assert.True(batch.ChecksumHolds);
                at += batch.TotalLength;
                offset = batch.LastOffset + 1;
                foreach (var (id, first) in aborted.Keys)
                    if (id == batch.ProducerId && first <= batch.LastOffset && aborted.Remove((id, first))) hidden.Add(id);
                if (batch.IsControl)
                {
                    if (ControlRecord.TryRead(batch, out var marker) && !marker.Commits) hidden.Remove(batch.ProducerId);
                    continue;
                }
                if (committed && batch.IsTransactional && hidden.Contains(batch.ProducerId)) continue;
                Assert.True(RecordCodecs.TryRecords(batch, out var records));
                for (var reader = new RecordReader(records); reader.Next();)
                {
                    found.Add((
                        batch.BaseOffset + reader.Current.OffsetDelta,
                        reader.Current.HasKey ? System.Text.Encoding.UTF8.GetString(reader.Current.Key) : null,
                        reader.Current.HasValue ? System.Text.Encoding.UTF8.GetString(reader.Current.Value) : null));
                }
            }
        }
    }

    /// <param name="time">-1 latest, -2 earliest, -3 largest time, else milliseconds.</param>
    public static async Task<long> OffsetAsync(this WireClient client, string topic, long time, int partition = 0, bool committed = false)
    {
        var request = new ListOffsetsRequest { IsolationLevel = (sbyte)(committed ? 1 : 0) };
        request.Topics.Add(new() { Name = topic, Partitions = [new() { PartitionIndex = partition, Timestamp = time }] });
        return (await client.AskAsync<ListOffsetsResponse>(request)).Topics[0].Partitions[0].Offset;
    }

    public static RecordBatchBuilder Batch(params string[] values)
    {
        var builder = new RecordBatchBuilder();
        foreach (var value in values) builder.Add(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, System.Text.Encoding.UTF8.GetBytes(value));
        return builder;
    }

    public static RecordBatchBuilder Keyed(string key, string? value) => new RecordBatchBuilder().Add(
        DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), System.Text.Encoding.UTF8.GetBytes(key),
        value is null ? null : System.Text.Encoding.UTF8.GetBytes(value));
}
