#!/usr/bin/env escript
%% What bench/relup.cpp measures, by OTP: a release of APPLICATIONS applications
%% with MODULES modules each, all updated, is compiled RUNS times, up and down.
%% Prints the milliseconds of each run, one below the other.
%%
%% usage: make_relup.escript FOLDER APPLICATIONS MODULES RUNS
-mode(compile).

main([Folder, Applications, Modules, Runs]) ->
    Apps = lists:seq(1, list_to_integer(Applications)),
    Mods = lists:seq(1, list_to_integer(Modules)),
    [write_app(Folder, A, Vsn, Mods) || A <- Apps, Vsn <- ["1.0", "2.0"]],
    [write_release(Folder, Vsn, Apps) || Vsn <- ["1.0", "2.0"]],
    Old = filename:join(Folder, "bench-1.0"),
    New = filename:join(Folder, "bench-2.0"),
    Options = [silent, noexec,
               {path, [filename:join(Folder, "lib/*/ebin")]}],
    [begin
         {Us, {ok, _, _, []}} =
             timer:tc(systools, make_relup, [New, [Old], [Old], Options]),
         io:format("~.3f~n", [Us / 1000])
     end || _ <- lists:seq(1, list_to_integer(Runs))].

name(A) -> list_to_atom("app" ++ integer_to_list(A)).

module_name(A, M) ->
    list_to_atom(lists:concat([name(A), "_m", M])).

write_app(Folder, A, Vsn, Mods) ->
    Name = atom_to_list(name(A)),
    Ebin = filename:join([Folder, "lib", Name ++ "-" ++ Vsn, "ebin"]),
    Names = [module_name(A, M) || M <- Mods],
    write(filename:join(Ebin, Name ++ ".app"),
          {application, name(A),
           [{description, ""}, {vsn, Vsn}, {modules, Names},
            {registered, []}, {applications, [kernel, stdlib]}]}),
    Script = [{update, M, {advanced, []}} || M <- Names],
    [write(filename:join(Ebin, Name ++ ".appup"),
           {"2.0", [{"1.0", Script}], [{"1.0", Script}]})
     || Vsn =:= "2.0"].

write_release(Folder, Vsn, Apps) ->
    write(filename:join(Folder, "bench-" ++ Vsn ++ ".rel"),
          {release, {"bench", Vsn}, {erts, erlang:system_info(version)},
           [installed(kernel), installed(stdlib), installed(sasl)
            | [{name(A), Vsn} || A <- Apps]]}).

installed(App) ->
    _ = application:load(App),
    {ok, Vsn} = application:get_key(App, vsn),
    {App, Vsn}.

write(File, Term) ->
    ok = filelib:ensure_dir(File),
    ok = file:write_file(File, io_lib:format("~p.~n", [Term])).
