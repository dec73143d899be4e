using System.Globalization;
using System.Text;

namespace KafkaFlow.Avro.Resolving;

/// <summary>One run of a plan: the input, what it may still allocate, and how it failed.</summary>
internal ref struct DecodeState
{
    public AvroReader Reader;

    private int _depth;
    private long _freeValues;
    private string? _problem;
    private int _problemAt;

    // Innermost first: gathered while the steps return.
    private List<string>? _path;

    public DecodeState(AvroReader reader)
    {
        Reader = reader;
        _freeValues = (long)AvroLimits.MaxFreeValues + reader.Remaining;
    }

    /// <summary>Before the parts of a record, array or map; <see cref="Leave"/> after them.</summary>
    public bool Enter() => _depth < AvroLimits.MaxDepth
        ? ++_depth > 0
        : Fail($"datum nests deeper than {AvroLimits.MaxDepth} levels");

    public void Leave() => _depth--;

    /// <summary>For each value that occupied no byte.</summary>
    public bool Charge() => --_freeValues >= 0 || Fail(
        $"more than {AvroLimits.MaxFreeValues} values without a byte of their own, beyond one per byte of input");

    public bool Fail(string problem)
    {
        _problem ??= problem;
        _problemAt = Reader.Position;
        return false;
    }

    public bool Within(string part)
    {
        (_path ??= []).Add(part);
        return false;
    }

    public bool WithinItem(long index) => Within(string.Create(CultureInfo.InvariantCulture, $"[{index}]"));

    public readonly AvroError Error()
    {
        var path = new StringBuilder("$");
        for (int i = (_path?.Count ?? 0) - 1; i >= 0; i--)
        {
            string part = _path![i];
            _ = part.StartsWith('[') ? path.Append(part) : path.Append('.').Append(part);
        }

        return _problem is null
            ? new AvroError(path.ToString(), Reader.DescribeFailure(), Reader.Position)
            : new AvroError(path.ToString(), _problem, _problemAt);
    }
}
