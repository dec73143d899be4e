using KafkaFlow.Avro.Resolving;

namespace KafkaFlow.Avro;

/// <summary>
/// The plan that reads data written with one schema as data of another, by the rules of the specification's section
/// "Schema Resolution". Compiled once; immutable and safe to share between threads.
/// </summary>
/// <remarks>
/// Among the branches of a reader's union the one of the writer's own type is taken before one that needs a promotion,
/// as Apache Avro for Java does. What depends on the datum (a writer's union branch or enum symbol without
/// counterpart) fails when such a datum is read.
/// </remarks>
public sealed class SchemaResolution
{
    private readonly DecodeStep _root;

    private SchemaResolution(AvroSchema writer, AvroSchema reader, DecodeStep root)
    {
        Writer = writer;
        Reader = reader;
        _root = root;
    }

    public AvroSchema Writer { get; }

    public AvroSchema Reader { get; }

    /// <returns>False, with the place in the writer's schema and the reason, if no datum can be read.</returns>
    public static bool TryCreate(
        AvroSchema writer, AvroSchema reader, out SchemaResolution resolution, out AvroError? error)
    {
        resolution = null!;
        if (!new ResolutionCompiler().TryCompile(writer, reader, out DecodeStep root, out error))
            return false;
        resolution = new SchemaResolution(writer, reader, root);
        return true;
    }

    /// <summary>Decodes a datum that fills <paramref name="data"/> exactly; it is of the reader's schema.</summary>
    public bool TryDecode(ReadOnlySpan<byte> data, out AvroValue value, out AvroError? error)
    {
        var reader = new AvroReader(data);
        if (!TryDecode(ref reader, out value, out error))
            return false;
        if (reader.Remaining == 0)
            return true;
        value = default;
        error = new AvroError("$", $"{reader.Remaining} bytes are left over behind the datum", reader.Position);
        return false;
    }

    /// <summary>Decodes the datum at the reader's position; what follows it is left to the caller.</summary>
    public bool TryDecode(ref AvroReader reader, out AvroValue value, out AvroError? error)
    {
        var state = new DecodeState(reader);
        bool read = _root.Read(ref state, out value);
        reader = state.Reader;
        error = read ? null : state.Error();
        if (!read)
            value = default;
        return read;
    }

    internal static SchemaResolution Same(AvroSchema schema) =>
        TryCreate(schema, schema, out SchemaResolution resolution, out AvroError? error)
            ? resolution
            : new SchemaResolution(schema, schema, new ErrorStep(error!.Message));
}
