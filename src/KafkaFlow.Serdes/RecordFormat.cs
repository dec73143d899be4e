using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using KafkaFlow.Avro;
using KafkaFlow.Contracts;
using KafkaFlow.Serdes.Codecs;
using KafkaFlow.Serdes.Json;

namespace KafkaFlow.Serdes;

/// <summary>
/// One record type in its three forms. Data written with our schema takes the codec's straight path; any other writer
/// schema is resolved to ours once, and its data is rewritten to ours before the codec reads it. Thread-safe.
/// </summary>
internal sealed class RecordFormat<T>(RecordCodec<T> codec, WriterSchemas schemas, Func<T, string> topicOf)
    where T : class
{
    private const int ConfluentHeaderBytes = 5;
    private readonly ConcurrentDictionary<ulong, ReadPlan> _byFingerprint = new();
    private readonly ConcurrentDictionary<int, ReadPlan> _byId = new();

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    public Decoded<T> Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0) return Undecodable("the value is empty");
        if (bytes[0] == '{') return JsonRecordReader.Read(codec.Shape, bytes);
        if (SingleObject.TryRead(bytes, out var fingerprint, out var datum))
            return fingerprint == codec.Schema.Fingerprint ? Own(datum) : Read(PlanOf(fingerprint), datum);
        if (bytes[0] == 0 && bytes.Length >= ConfluentHeaderBytes)
            return Read(PlanOf(BinaryPrimitives.ReadInt32BigEndian(bytes[1..])), bytes[ConfluentHeaderBytes..]);
        var start = Convert.ToHexString(bytes[..Math.Min(bytes.Length, 8)]);
        return Undecodable(
            $"the value of {bytes.Length} bytes starts with {start}; expected '{{' (JSON), 00 and a schema id "
            + "(Avro with a schema registry) or C301 and a fingerprint (Avro single-object encoding)");
    }

    /// <exception cref="ArgumentException">A text of the record is no valid Unicode.</exception>
    public byte[] Encode(T record)
    {
        var buffer = t_buffer ??= new ArrayBufferWriter<byte>(1024);
        buffer.ResetWrittenCount();
        var writer = new AvroWriter(buffer);
        if (schemas.UsesRegistry)
        {
            var id = schemas.IdFor(topicOf(record), codec.SchemaText);
            Span<byte> header = stackalloc byte[ConfluentHeaderBytes];
            header[0] = 0;
            BinaryPrimitives.WriteInt32BigEndian(header[1..], id);
            writer.WriteFixed(header);
        }
        else
        {
            schemas.EnsurePublished(codec.Schema, codec.SchemaText);
            SingleObject.WriteHeader(ref writer, codec.Schema.Fingerprint);
        }
        codec.Write(ref writer, record);
        if (!writer.Flush()) throw new ArgumentException(LoneSurrogate(record));
        return buffer.WrittenSpan.ToArray();
    }

    private Decoded<T> Read(ReadPlan plan, ReadOnlySpan<byte> datum)
    {
        if (plan.Problem is { } problem) return Undecodable(problem);
        if (plan.Resolution is not { } resolution) return Own(datum);
        if (!resolution.TryDecode(datum, out var value, out var error)) return Broken(error!, default);
        var rewritten = new ArrayBufferWriter<byte>(datum.Length + 64);
        return AvroDatum.TryEncode(codec.Schema, value, rewritten, out error)
            ? Own(rewritten.WrittenSpan)
            : throw new InvalidOperationException($"a datum of {codec.Schema} cannot be written as such: {error}");
    }

    private Decoded<T> Own(ReadOnlySpan<byte> datum)
    {
        var reader = new AvroReader(datum);
        var envelope = default(Envelope);
        var record = codec.Read(ref reader, ref envelope);
        if (reader.Failure != AvroReadFailure.None || reader.Remaining != 0)
        {
            // The slow path knows the name of the field.
            AvroDatum.TryDecode(codec.Schema, datum, out _, out var error);
            return Broken(error ?? new AvroError("$", reader.DescribeFailure(), reader.Position), envelope);
        }
        if ((envelope.Error ?? codec.Shape.Check(record)) is { } problem) return new(null, envelope.Close(problem));
        return new(record, null);
    }

    private ReadPlan PlanOf(ulong fingerprint)
    {
        if (_byFingerprint.TryGetValue(fingerprint, out var known)) return known;
        return schemas.Find(fingerprint) is { } writer
            ? _byFingerprint.GetOrAdd(fingerprint, PlanFor(writer))
            : new ReadPlan(null, $"its writer schema {SchemasTopic.KeyOf(fingerprint)} is not on the schemas topic");
    }

    private ReadPlan PlanOf(int id)
    {
        if (_byId.TryGetValue(id, out var known)) return known;
        var problem = schemas.TryFind(id, out var writer);
        return writer is not null ? _byId.GetOrAdd(id, PlanFor(writer)) : new ReadPlan(null, problem);
    }

    private ReadPlan PlanFor(AvroSchema writer)
    {
        if (writer.CanonicalForm == codec.Schema.CanonicalForm) return new ReadPlan(null, null);
        return SchemaResolution.TryCreate(writer, codec.Schema, out var resolution, out var error)
            ? new ReadPlan(resolution, null)
            : new ReadPlan(null, $"it was written as {writer}, which cannot be read as {codec.Schema}: {error}");
    }

    private static Decoded<T> Broken(AvroError error, Envelope envelope)
    {
        var dot = error.Path.IndexOf('.', StringComparison.Ordinal);
        var field = dot < 0 ? null : error.Path[(dot + 1)..];
        var problem = new RecordError(DlqCodes.Undecodable, field, $"the Avro datum is broken: {error}");
        return new(null, envelope.Close(problem));
    }

    private static Decoded<T> Undecodable(string message) =>
        new(null, new RecordError(DlqCodes.Undecodable, null, message));

    private string LoneSurrogate(T record)
    {
        var values = codec.Shape.Values(record);
        var at = Array.FindIndex(values, v => v is string text && !IsUnicode(text));
        return $"field {codec.Shape.Fields[at].Name} contains a lone surrogate, which is no character";
    }

    private static bool IsUnicode(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text, i++))) return false;
        return true;
    }

    /// <summary>Both null: the writer's schema is ours.</summary>
    private sealed record ReadPlan(SchemaResolution? Resolution, string? Problem);
}
