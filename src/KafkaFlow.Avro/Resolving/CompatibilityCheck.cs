using System.Globalization;
using System.Text;

namespace KafkaFlow.Avro.Resolving;

/// <summary>
/// One comparison of one pair of schemas. A pair of types is compared once and its outcome remembered, with the place
/// at which it was met first; a pair that is met again inside itself counts as compatible there.
/// </summary>
internal sealed class CompatibilityCheck
{
    private static readonly IReadOnlyList<Incompatibility> Compatible = [];
    private readonly Dictionary<(AvroSchema Reader, AvroSchema Writer), IReadOnlyList<Incompatibility>> _known =
        new(ByReference.Instance);

    private List<string> _path = [];
    private int _depth;
    private bool _isTooLarge;

    public IReadOnlyList<Incompatibility> Problems(AvroSchema reader, AvroSchema writer)
    {
        IReadOnlyList<Incompatibility> problems = Compare("", reader, writer);
        return !_isTooLarge
            ? problems
            : [new(IncompatibilityKind.TooLarge, "/",
                $"more than {AvroLimits.MaxComparisons} pairs of types, or nested deeper than "
                + $"{AvroLimits.MaxComparisonDepth} levels")];
    }

    private IReadOnlyList<Incompatibility> Compare(string token, AvroSchema reader, AvroSchema writer)
    {
        if (_known.TryGetValue((reader, writer), out IReadOnlyList<Incompatibility>? known))
            return known;
        if (_known.Count >= AvroLimits.MaxComparisons || _depth >= AvroLimits.MaxComparisonDepth)
            _isTooLarge = true;
        if (_isTooLarge)
            return Compatible;
        _known.Add((reader, writer), Compatible);
        _depth++;
        _path.Add(token);
        IReadOnlyList<Incompatibility> found = Differences(reader, writer);
        _path.RemoveAt(_path.Count - 1);
        _depth--;
        return _known[(reader, writer)] = found;
    }

    /// <summary>Of a union's branch only whether it fits counts; the places of what does not start anew.</summary>
    private bool Fits(AvroSchema reader, AvroSchema writer)
    {
        List<string> path = _path;
        _path = [];
        bool fits = Compare("", reader, writer).Count == 0;
        _path = path;
        return fits;
    }

    private IReadOnlyList<Incompatibility> Differences(AvroSchema reader, AvroSchema writer) => (reader, writer) switch
    {
        (UnionSchema r, UnionSchema w) => Unions(r, w),
        (_, UnionSchema w) => [.. w.Branches.SelectMany((branch, at) => Compare(Text(at), reader, branch))],
        (UnionSchema r, _) => r.Branches.Any(branch => Fits(branch, writer)) ? Compatible : [LacksBranch(writer)],
        (ArraySchema r, ArraySchema w) => Compare("items", r.Items, w.Items),
        (MapSchema r, MapSchema w) => Compare("values", r.Values, w.Values),
        (FixedSchema r, FixedSchema w) => [.. Names(r, w), .. Sizes(r, w)],
        (EnumSchema r, EnumSchema w) => [.. Names(r, w), .. Symbols(r, w)],
        (RecordSchema r, RecordSchema w) => [.. Names(r, w), .. Fields(r, w)],
        _ => reader.Type == writer.Type || UnionChoice.IsPromotion(writer.Type, reader.Type)
            ? Compatible
            : [At(IncompatibilityKind.TypeMismatch,
                $"reader type: {Upper(reader)} not compatible with writer type: {Upper(writer)}")],
    };

    private List<Incompatibility> Unions(UnionSchema reader, UnionSchema writer)
    {
        var found = new List<Incompatibility>();
        for (int i = 0; i < writer.Branches.Count && !_isTooLarge; i++)
        {
            AvroSchema branch = writer.Branches[i];
            _path.Add(Text(i));
            if (!Fits(reader, branch))
                found.Add(LacksBranch(branch));
            _path.RemoveAt(_path.Count - 1);
        }

        return found;
    }

    private List<Incompatibility> Fields(RecordSchema reader, RecordSchema writer)
    {
        var found = new List<Incompatibility>();
        _path.Add("fields");
        foreach (RecordField field in reader.Fields)
        {
            _path.Add(Text(field.Position));
            if (WriterField(writer, field) is { } match)
                found.AddRange(Compare("type", field.Type, match.Type));
            else if (!field.HasDefault && field.Type is EnumSchema { DefaultSymbol: not null })
                found.AddRange(Compare("type", field.Type, writer));
            else if (!field.HasDefault)
                found.Add(At(IncompatibilityKind.ReaderFieldMissingDefaultValue, field.Name));
            _path.RemoveAt(_path.Count - 1);
        }

        _path.RemoveAt(_path.Count - 1);
        return found;
    }

    // Where a name and an alias both match, the name counts, as it does when data are read.
    private static RecordField? WriterField(RecordSchema writer, RecordField reader) =>
        writer.Field(reader.Name) ?? reader.Aliases.Select(writer.Field).FirstOrDefault(field => field is not null);

    private IEnumerable<Incompatibility> Names(AvroSchema reader, AvroSchema writer) =>
        UnionChoice.NamesMatch(writer, reader)
            ? []
            : [At(IncompatibilityKind.NameMismatch, $"expected: {writer.Name}", "name")];

    private IEnumerable<Incompatibility> Sizes(FixedSchema reader, FixedSchema writer) => reader.Size == writer.Size
        ? []
        : [At(IncompatibilityKind.FixedSizeMismatch, $"expected: {writer.Size}, found: {reader.Size}", "size")];

    private IEnumerable<Incompatibility> Symbols(EnumSchema reader, EnumSchema writer)
    {
        if (reader.DefaultSymbol is not null)
            return [];
        string[] missing = [.. writer.Symbols.Where(s => reader.OrdinalOf(s) < 0).Order(StringComparer.Ordinal)];
        return missing.Length == 0
            ? []
            : [At(IncompatibilityKind.MissingEnumSymbols, $"[{string.Join(", ", missing)}]", "symbols")];
    }

    private Incompatibility LacksBranch(AvroSchema writer) =>
        At(IncompatibilityKind.MissingUnionBranch, $"reader union lacking writer type: {Upper(writer)}");

    private Incompatibility At(IncompatibilityKind kind, string message, string? last = null)
    {
        var pointer = new StringBuilder("/");
        // The first token is the root's.
        for (int i = 1; i < _path.Count; i++)
            pointer.Append(i == 1 ? "" : "/").Append(_path[i]);
        if (last is not null)
            pointer.Append(_path.Count == 1 ? "" : "/").Append(last);
        return new(kind, pointer.ToString(), message);
    }

    private static string Upper(AvroSchema schema) => AvroSchema.TypeName(schema.Type).ToUpperInvariant();

    private static string Text(int position) => position.ToString(CultureInfo.InvariantCulture);

    private sealed class ByReference : IEqualityComparer<(AvroSchema Reader, AvroSchema Writer)>
    {
        public static readonly ByReference Instance = new();

        public bool Equals((AvroSchema Reader, AvroSchema Writer) x, (AvroSchema Reader, AvroSchema Writer) y) =>
            ReferenceEquals(x.Reader, y.Reader) && ReferenceEquals(x.Writer, y.Writer);

        public int GetHashCode((AvroSchema Reader, AvroSchema Writer) pair) => HashCode.Combine(
            System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(pair.Reader),
            System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(pair.Writer));
    }
}
