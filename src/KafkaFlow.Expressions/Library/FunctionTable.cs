namespace KafkaFlow.Expressions.Library;

/// <summary>A function over values. It never throws; a failure it returns gets the position of the call.</summary>
internal delegate Value Function(Frame frame, ReadOnlySpan<Value> arguments);

/// <summary>A function, method, filter or test that expressions can name.</summary>
/// <param name="MinArguments">Of a method, filter or test: not counting its operand.</param>
/// <param name="Parameters">Names of a filter's parameters, for keyword arguments.</param>
/// <param name="AcceptsMissing">Of a test: a missing operand fails the test instead of being an error.</param>
internal sealed record FunctionEntry(
    string Name, int MinArguments, int MaxArguments, Function Invoke, string[]? Parameters = null,
    bool AcceptsMissing = false);

/// <summary>Every function that can be called: a fixed set, so an author reaches nothing else.</summary>
internal static class FunctionTable
{
    public static readonly Dictionary<string, FunctionEntry> Globals = Index(
        CoreFunctions.Globals, MathFunctions.Globals, ListFunctions.Globals, SetFunctions.Globals,
        OptionalFunctions.Globals, EncoderFunctions.Globals, RegexFunctions.Globals, StringFunctions.Globals);

    public static readonly Dictionary<string, FunctionEntry> Methods = Index(
        CoreFunctions.Methods, TimeFunctions.Methods, StringFunctions.Methods, ListFunctions.Methods,
        OptionalFunctions.Methods, RegexFunctions.Methods, MapFunctions.Methods);

    public static readonly Dictionary<string, FunctionEntry> Filters = Index(
        TextFilters.All, NumberFilters.All, ListFilters.All, JsonFilters.All);

    public static readonly Dictionary<string, FunctionEntry> Tests = Index(TestFunctions.All);

    private static Dictionary<string, FunctionEntry> Index(params FunctionEntry[][] groups)
    {
        var index = new Dictionary<string, FunctionEntry>();
        foreach (FunctionEntry[] group in groups)
        {
            foreach (FunctionEntry entry in group)
                index.Add(entry.Name, entry);
        }
        return index;
    }
}
